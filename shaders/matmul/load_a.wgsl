// Four by four elements of a, with as few loads as its memory allows: the twin of load_b in matmul/load.wgsl.
override A_VEC_K: bool = false; // a_k = 1 and rows of a start on whole fours
override A_VEC_M: bool = false; // a_m = 1 and columns of a do

// Rows m .. m + 3 (columns of the result) of a at steps k .. k + 3, for k and m multiples of 4. Steps outside are zero,
// rows outside are others of a.
fn load_a(batch: u32, k: u32, m: u32) -> mat4x4f {
  let at = batch * params.a_batch;
  if (A_VEC_M) {
    let row = at + min(m, params.M - 4);
    return transpose(mat4x4f(load_a_column(row, k), load_a_column(row, k + 1), load_a_column(row, k + 2),
        load_a_column(row, k + 3)));
  }
  return mat4x4f(load_a_row(at, k, m), load_a_row(at, k, m + 1), load_a_row(at, k, m + 2), load_a_row(at, k, m + 3));
}

// a[m .. m + 3, k], for `row` the place of a[m, 0].
fn load_a_column(row: u32, k: u32) -> vec4f {
  return select(vec4f(), vec4f(a4[(row + min(k, params.K - 1) * params.a_k) / 4]), k < params.K);
}

// a[m, k .. k + 3], for `at` the place of a[0, 0].
fn load_a_row(at: u32, k: u32, m: u32) -> vec4f {
  let row = at + min(m, params.M - 1) * params.a_m;
  if (A_VEC_K) {
    return select(vec4f(), vec4f(a4[(row + min(k, params.K - 4)) / 4]), k < params.K);
  }
  let steps = vec4u(k, k + 1, k + 2, k + 3);
  let p = row + min(steps, vec4u(params.K - 1)) * params.a_k;
  return select(vec4f(), vec4f(f32(a[p.x]), f32(a[p.y]), f32(a[p.z]), f32(a[p.w])), steps < vec4u(params.K));
}
