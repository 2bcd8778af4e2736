"""What lies between regions and lines of text: crops, characters and the gaps between them, reading order."""
