// What the recurrent kernels share. A launch is one step of N samples and H hidden units. What belongs to the step lies
// somewhere in a bound range that starts on 256 bytes; the *_at say where, in elements. V is f32 (one unit) or vec4f
// (four neighbours).
struct Params {
  N: u32,
  H: u32,
  depth: u32, // backward: rows of w_hh, or 0 at the last step, to which nothing comes back
  gates_at: u32, // this step in arrays of 4H per sample
  state_at: u32, // the state before this step in arrays of states; the state after it follows
  dy_at: u32, // this step in dy
  sums_at: u32, // this step in arrays of 3H per sample (GRU)
}

fn sigmoid(x: V) -> V {
  return V(1) / (V(1) + exp_kept(-x));
}

// Clamped: beyond 15 tanh is 1 in f32, and drivers that go through exp overflow. A clamp may drop NaN.
fn bounded_tanh(x: V) -> V {
  return keep_nan(x, tanh(clamp(x, V(-15), V(15))));
}
