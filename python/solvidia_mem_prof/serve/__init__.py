"""The local server behind the page: the profile, and proposals on request.

It listens on 127.0.0.1, below a random token, and answers its own page alone.
docs/serving.md lists what it answers.
"""
