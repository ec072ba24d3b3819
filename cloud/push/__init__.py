"""Web Push: from the queue in the store to the push services of the shoppers' browsers."""
