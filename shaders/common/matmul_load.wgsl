// Four by four elements of b, with as few loads as its memory allows.
override B_VEC_K: bool = false; // b_k = 1 and columns of b start on whole fours
override B_VEC_N: bool = false; // b_n = 1, likewise for rows

// Rows k .. k + 3 of b at columns n .. n + 3, zero outside.
fn load_b(batch: u32, k: u32, n: u32) -> mat4x4f {
  let at = batch * params.b_batch + k * params.b_k + n * params.b_n;
  var v = mat4x4f();
  if (B_VEC_N) {
    if (n < params.N) {
      for (var j = 0u; j < 4; j++) {
        if (k + j < params.K) {
          v[j] = vec4f(b4[(at + j * params.b_k) / 4]);
        }
      }
    }
    return v;
  }
  if (B_VEC_K) {
    if (k < params.K) {
      for (var i = 0u; i < 4; i++) {
        if (n + i < params.N) {
          v[i] = vec4f(b4[(at + i * params.b_n) / 4]);
        }
      }
    }
    return transpose(v);
  }
  for (var j = 0u; j < 4; j++) {
    for (var i = 0u; i < 4; i++) {
      if (k + j < params.K && n + i < params.N) {
        v[j][i] = f32(b[at + j * params.b_k + i * params.b_n]);
      }
    }
  }
  return v;
}
