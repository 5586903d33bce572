print("package imported as", __name__)
