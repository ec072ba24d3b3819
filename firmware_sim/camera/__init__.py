"""The IP cameras, played: shoppers drawn in perspective through a camera matrix; the one place of numpy and OpenCV."""
