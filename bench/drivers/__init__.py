"""The only owners of sockets and of the clock: they send, pace, receive and stamp."""
