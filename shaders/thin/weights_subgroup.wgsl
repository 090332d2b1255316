// Weights handed round: the S lanes of a subgroup together load vec4s of w and pass them on by shuffles.
fn vec4s_of(at: u32, lane: u32) -> array<vec4f, FILTERS> {
  var result: array<vec4f, FILTERS>;
  for (var i = 0u; i < FILTERS; i += S) {
    let mine = w[at + i + lane];
    for (var j = 0u; j < min(S, FILTERS - i); j++) {
      result[i + j] = subgroupShuffle(mine, j);
    }
  }
  return result;
}
