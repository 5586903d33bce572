# Flask: requests through its test client.
#: needs flask
import flask

app = flask.Flask(__name__)


@app.get("/<int:n>")
def index(n):
    return {"n": n, "sum": sum(range(n))}


client = app.test_client()
print([client.get(f"/{n}").json for n in range(0, 20000, 4000)])
