// What reduce/topk.wgsl and reduce/topk_select.wgsl share: their entries, and the order of these.
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
