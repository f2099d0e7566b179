"""Text normalisers: named, versioned, hashed."""
