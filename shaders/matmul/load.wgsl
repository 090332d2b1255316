// Four by four elements of b, with as few loads as its memory allows. Places are held inside instead of being tested: a
// branch per load costs more than the load.
override B_VEC_K: bool = false; // b_k = 1 and columns of b start on whole fours
override B_VEC_N: bool = false; // b_n = 1, likewise for rows

// Rows k .. k + 3 of b at columns n .. n + 3, for k and n multiples of 4. Rows outside are zero; columns outside are
// others of b, for sums that nobody stores.
fn load_b(batch: u32, k: u32, n: u32) -> Block {
  return rows_of_b(fetch_b(batch, k, n), k);
}

// The same as it lies in memory: rows where B_VEC_N, else columns, and what is outside is others of b. A kernel that
// fetches ahead keeps this, as whatever is done to it waits for it.
fn fetch_b(batch: u32, k: u32, n: u32) -> array<B4, 4> {
  let at = batch * params.b_batch;
  if (B_VEC_N) {
    let column = at + min(n, params.N - 4);
    return array<B4, 4>(row_of_b(column, k), row_of_b(column, k + 1), row_of_b(column, k + 2), row_of_b(column, k + 3));
  }
  return array<B4, 4>(column_of_b(at, k, n), column_of_b(at, k, n + 1), column_of_b(at, k, n + 2), column_of_b(at, k, n
      + 3));
}

// b[k, n .. n + 3], for `column` the place of b[0, n].
fn row_of_b(column: u32, k: u32) -> B4 {
  return b4[(column + min(k, params.K - 1) * params.b_k) / 4];
}

// b[k .. k + 3, n], for `at` the place of b[0, 0].
fn column_of_b(at: u32, k: u32, n: u32) -> B4 {
  let column = at + min(n, params.N - 1) * params.b_n;
  if (B_VEC_K) {
    return b4[(column + min(k, params.K - 4)) / 4];
  }
  let p = column + min(vec4u(k, k + 1, k + 2, k + 3), vec4u(params.K - 1)) * params.b_k;
  return B4(b[p.x], b[p.y], b[p.z], b[p.w]);
}

// What fetch_b fetched, as rows along n.
fn rows_of_b(v: array<B4, 4>, k: u32) -> Block {
  if (B_VEC_N) {
    let end = params.K;
    return Block(select(Four(), Four(v[0]), k < end), select(Four(), Four(v[1]), k + 1 < end), select(Four(),
        Four(v[2]), k + 2 < end), select(Four(), Four(v[3]), k + 3 < end));
  }
  return transpose(Block(part_of_b(v[0], k), part_of_b(v[1], k), part_of_b(v[2], k), part_of_b(v[3], k)));
}

// Four steps of a column.
fn part_of_b(v: B4, k: u32) -> Four {
  if (B_VEC_K) {
    return select(Four(), Four(v), k < params.K);
  }
  return select(Four(), Four(v), vec4u(k, k + 1, k + 2, k + 3) < vec4u(params.K));
}
