// What topk.wgsl and topk_select.wgsl share: their entries, and the order of these.
override MERGES: bool = false; // entries bring their indices along, as what a pass before kept; NONE: no entry

struct Params {
  count: u32, // workgroups: N * chunks
  C: u32,
  chunks: u32, // of a row
  k: u32,
  first: u32, // index of the first entry of each row, where it is a window of longer rows
}

const THREADS = 64u;
const NONE = 0xffffffffu;

// Floats as whole numbers of the same order, because a shader may assume that there is no NaN: NaN counts as larger than all others, as in
// PyTorch, and -0 as equal to 0. No float has key 0.
fn key_of(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0xffffffffu; // NaN of either sign
  }
  if (magnitude == 0u) {
    return 0x80000000u;
  }
  return select(bits | 0x80000000u, ~bits, bits != magnitude);
}
