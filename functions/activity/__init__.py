"""What is posted, and what becomes of it, is counted here, from the postback log's stream."""
