"""State capital (国有资本): injections into enterprises, what they paid for, stakes and what they yield."""
