// What the recurrent kernels share. A launch is one step of N samples and H hidden units. What belongs to the step lies
// somewhere in a bound range that starts on 256 bytes; the *_at say where, in elements.
struct Params {
  N: u32,
  H: u32,
  depth: u32, // backward: rows of w_hh, or 0 at the last step, to which nothing comes back
  gates_at: u32, // this step in arrays of 4H per sample
  state_at: u32, // the state before this step in arrays of states; the state after it follows
  dy_at: u32, // this step in dy
  sums_at: u32, // this step in arrays of 3H per sample (GRU)
}
