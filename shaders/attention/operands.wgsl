// How the members of the forward pass read and write by fours what they bind.
alias A4 = vec4f; // as stored

fn load_own(second: bool, at: u32) -> vec4f {
  return vec4f(own[at]);
}

fn load_other(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(other_2[at]);
  }
  return vec4f(other[at]);
}
