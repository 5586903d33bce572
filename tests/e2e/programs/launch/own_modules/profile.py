MINE = "the user's profile"
