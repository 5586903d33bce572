MINE = "the user's random"
