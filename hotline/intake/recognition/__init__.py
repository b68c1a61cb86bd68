"""What can be read off the words of a matter: numbers, times, places, people, dangers."""
