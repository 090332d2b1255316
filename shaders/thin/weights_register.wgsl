// Weights without subgroups: each thread loads all of them.
fn vec4s_of(at: u32, lane: u32) -> array<vec4f, FILTERS> {
  var result: array<vec4f, FILTERS>;
  for (var i = 0u; i < FILTERS; i++) {
    result[i] = w[at + i];
  }
  return result;
}
