"""What shoppers may expect: goods, consent, offers, messages, without a page."""
