"""Does a wheel alone, without a checkout, audit rules and judge the shipped runs?"""
