MINE = "the user's socket"
