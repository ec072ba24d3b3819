"""NFC tags, cards and phones, played at the level of their radio frames."""
