// The sizes of a product c (B, M, N) = a (B, M, K) b (B, K, N), and how each operand lies in memory.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  batch: u32,
  a_m: u32, // strides in elements
  a_k: u32,
  b_k: u32,
  b_n: u32,
  a_batch: u32, // 0 repeats one matrix over the batch
  b_batch: u32,
  c_m: u32,
  c_batch: u32,
  c_offset: u32,
  bias_offset: u32,
}
