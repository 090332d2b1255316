// One step of a recurrent layer: N samples, H hidden units. What belongs to a step lies somewhere in a bound range that starts on
// 256 bytes; the *_at say where, in elements.
struct Params {
  N: u32,
  H: u32,
  depth: u32, // backward: rows of w_hh, or 0 at the last step, to which nothing comes back
  gates_at: u32, // this step in arrays of gates
  state_at: u32, // this step's previous state in arrays of states; its new state follows
  dy_at: u32, // this step in dy
}
