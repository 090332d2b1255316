/** Models that are made of the blocks of a shallower or smaller one: left out where all of them would take long. */
export const OF_THE_SAME_BLOCKS =
  /^(plain(32|44|56)|resnet(32|34|44|56|110)|vgg(11|16|16_bn)|wrn28_10|mobilenet_v3_small|vit_b_16)$/;
