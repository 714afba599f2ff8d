"""How often each verdict comes out where a claim is true, false, or neither: a simulation study."""
