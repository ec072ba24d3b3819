"""The node's child processes: started, heard, killed when silent, started again."""
