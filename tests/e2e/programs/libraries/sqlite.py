# sqlite3 with functions in Python, threads and a file.
import sqlite3

with sqlite3.connect("data.db") as db:
    db.create_function("work", 1, lambda n: sum(range(n)))
    db.execute("create table t (n integer)")
    db.executemany("insert into t values (?)", [(n,) for n in range(500)])
    print(db.execute("select sum(work(n)), count(*) from t").fetchall())
    db.set_progress_handler(lambda: 0, 1000)
    print(db.execute("select max(a.n * b.n) from t a, t b").fetchall())
db.close()
