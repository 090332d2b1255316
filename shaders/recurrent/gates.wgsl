// The functions of the gates, for V = f32 (one unit) and V = vec4f (four neighbours).
fn sigmoid(x: V) -> V {
  return V(1) / (V(1) + exp_kept(-x));
}

// Clamped: beyond 15 tanh is 1 in f32, and drivers that go through exp overflow. A clamp may drop NaN.
fn bounded_tanh(x: V) -> V {
  return keep_nan(x, tanh(clamp(x, V(-15), V(15))));
}
