// Four by four elements of b, with as few loads as its memory allows.
override B_VEC_K: bool = false; // b_k = 1 and columns of b start on whole fours
override B_VEC_N: bool = false; // b_n = 1, likewise for rows

// Rows k .. k + 3 of b at columns n .. n + 3, for k and n multiples of 4. Rows outside are zero; columns outside are
// others of b, for sums that nobody stores. Places are held inside instead of being tested: a branch per load costs
// more than the load.
fn load_b(batch: u32, k: u32, n: u32) -> mat4x4f {
  let at = batch * params.b_batch;
  if (B_VEC_N) {
    let column = at + min(n, params.N - 4);
    return mat4x4f(load_b_row(column, k), load_b_row(column, k + 1), load_b_row(column, k + 2), load_b_row(column, k
        + 3));
  }
  return transpose(mat4x4f(load_b_column(at, k, n), load_b_column(at, k, n + 1), load_b_column(at, k, n + 2),
      load_b_column(at, k, n + 3)));
}

// b[k, n .. n + 3], for `column` the place of b[0, n].
fn load_b_row(column: u32, k: u32) -> vec4f {
  return select(vec4f(), vec4f(b4[(column + min(k, params.K - 1) * params.b_k) / 4]), k < params.K);
}

// b[k .. k + 3, n], for `at` the place of b[0, 0].
fn load_b_column(at: u32, k: u32, n: u32) -> vec4f {
  let column = at + min(n, params.N - 1) * params.b_n;
  if (B_VEC_K) {
    return select(vec4f(), vec4f(b4[(column + min(k, params.K - 4)) / 4]), k < params.K);
  }
  let steps = vec4u(k, k + 1, k + 2, k + 3);
  let p = column + min(steps, vec4u(params.K - 1)) * params.b_k;
  return select(vec4f(), vec4f(f32(b[p.x]), f32(b[p.y]), f32(b[p.z]), f32(b[p.w])), steps < vec4u(params.K));
}
