// Four by four elements of a, with as few loads as its memory allows: the twin of matmul/load.wgsl.
override A_VEC_K: bool = false; // a_k = 1 and rows of a start on whole fours
override A_VEC_M: bool = false; // a_m = 1 and columns of a do

// Rows m .. m + 3 (columns of the result) of a at steps k .. k + 3, for k and m multiples of 4. Steps outside are zero,
// rows outside are others of a.
fn load_a(batch: u32, k: u32, m: u32) -> Block {
  return rows_of_a(fetch_a(batch, k, m), k);
}

// The same as it lies in memory: columns where A_VEC_M, else rows.
fn fetch_a(batch: u32, k: u32, m: u32) -> array<A4, 4> {
  let at = batch * params.a_batch;
  if (A_VEC_M) {
    let row = at + min(m, params.M - 4);
    return array<A4, 4>(column_of_a(row, k), column_of_a(row, k + 1), column_of_a(row, k + 2), column_of_a(row, k + 3));
  }
  return array<A4, 4>(row_of_a(at, k, m), row_of_a(at, k, m + 1), row_of_a(at, k, m + 2), row_of_a(at, k, m + 3));
}

// a[m .. m + 3, k], for `row` the place of a[m, 0].
fn column_of_a(row: u32, k: u32) -> A4 {
  return a4[(row + min(k, params.K - 1) * params.a_k) / 4];
}

// a[m, k .. k + 3], for `at` the place of a[0, 0].
fn row_of_a(at: u32, k: u32, m: u32) -> A4 {
  let row = at + min(m, params.M - 1) * params.a_m;
  if (A_VEC_K) {
    return a4[(row + min(k, params.K - 4)) / 4];
  }
  let p = row + min(vec4u(k, k + 1, k + 2, k + 3), vec4u(params.K - 1)) * params.a_k;
  return A4(a[p.x], a[p.y], a[p.z], a[p.w]);
}

// What fetch_a fetched, as rows along k.
fn rows_of_a(v: array<A4, 4>, k: u32) -> Block {
  if (A_VEC_M) {
    let end = params.K;
    return transpose(Block(select(Four(), Four(v[0]), k < end), select(Four(), Four(v[1]), k + 1 < end), select(
        Four(), Four(v[2]), k + 2 < end), select(Four(), Four(v[3]), k + 3 < end)));
  }
  return Block(part_of_a(v[0], k), part_of_a(v[1], k), part_of_a(v[2], k), part_of_a(v[3], k));
}

// Four steps of a row.
fn part_of_a(v: A4, k: u32) -> Four {
  if (A_VEC_K) {
    return select(Four(), Four(v), k < params.K);
  }
  return select(Four(), Four(v), vec4u(k, k + 1, k + 2, k + 3) < vec4u(params.K));
}
