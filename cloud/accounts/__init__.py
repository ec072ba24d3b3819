"""Who may open the managers' pages: a database of its own, which the processes of several stores may share."""
