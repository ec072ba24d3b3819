"""A PN532 reader chip, played byte for byte (NXP UM0701-02)."""
