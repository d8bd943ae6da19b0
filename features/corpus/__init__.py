"""What only many creators together tell: whom a commenter serves, and pods."""
