MINE = "the user's json"
