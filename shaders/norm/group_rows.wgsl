// The rows of group_norm: x (N, C, P) is N * groups rows of D = C / groups * P neighbouring numbers. layer_norm is the
// case of one group and P = 1, where every number of a row has a weight of its own. T threads share a row, a workgroup
// makes 64 / T rows.
override T: u32 = 8;
const THREADS = 64u;
// A weight: of a channel (f32), or of each of the numbers of a V (P = 1 and V = vec4f).
alias W = f32;

struct Rows {
  rows: u32, // of this launch
  D: u32, // in elements of V
  P: u32, // elements of V that share a weight
  channels: u32, // weights of a row: D / P
  groups: u32,
  first_row: u32, // of this launch, in the whole tensor
  step_q: u32, // T / P and T % P: how far a step goes in weights and in elements
  step_p: u32,
  weight_stride: u32, // 1; 0 where there is none and a single number is bound
  bias_stride: u32,
  eps: f32,
  share: f32, // 1 / (numbers of a row)
}

// The d-th element of a row and the number of its weight; stepping instead of dividing.
struct RowPlace {
  d: u32,
  q: u32,
  p: u32,
}

fn first_in_row(rows: Rows, row: u32, t: u32) -> RowPlace {
  return RowPlace(t, (rows.first_row + row) % rows.groups * rows.channels + t / rows.P, t % rows.P);
}

fn next_in_row(rows: Rows, a: RowPlace) -> RowPlace {
  let p = a.p + rows.step_p;
  let wraps = p >= rows.P;
  return RowPlace(a.d + T, a.q + rows.step_q + select(0u, 1u, wraps), select(p, p - rows.P, wraps));
}
