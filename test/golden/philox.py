"""
Philox4x32-10 (Salmon et al., SC 2011): what masks are drawn from.
"""


def philox(counter, key):
    mask = 0xFFFFFFFF
    for _ in range(10):
        high = [(m * c) >> 32 for m, c in ((0xD2511F53, counter[0]), (0xCD9E8D57, counter[2]))]
        low = [(m * c) & mask for m, c in ((0xD2511F53, counter[0]), (0xCD9E8D57, counter[2]))]
        counter = [high[1] ^ counter[1] ^ key[0], low[1], high[0] ^ counter[3] ^ key[1], low[0]]
        key = [(key[0] + 0x9E3779B9) & mask, (key[1] + 0xBB67AE85) & mask]
    return counter
