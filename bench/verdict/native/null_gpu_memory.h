/* The memory and the buffers of null_gpu.c: pages of the process, which cost nothing until they are touched. */

struct memory {
  void *at;
  size_t bytes;
};

API VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info, Callbacks callbacks,
                                 VkDeviceMemory *out) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *at = mmap(NULL, info->allocationSize, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (at == MAP_FAILED) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  struct memory *memory = malloc(sizeof *memory);
  *memory = (struct memory){at, info->allocationSize};
  *out = (VkDeviceMemory)memory;
  return VK_SUCCESS;
}

API void VKAPI_CALL free_memory(VkDevice device, VkDeviceMemory handle, Callbacks callbacks) {
  struct memory *memory = (struct memory *)handle;
  if (memory == NULL) return;
  munmap(memory->at, memory->bytes);
  free(memory);
}

API VkResult VKAPI_CALL map(VkDevice device, VkDeviceMemory handle, VkDeviceSize offset, VkDeviceSize size,
                            VkMemoryMapFlags flags, void **out) {
  *out = (char *)((struct memory *)handle)->at + offset;
  return VK_SUCCESS;
}

API void VKAPI_CALL memory_properties(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties *out) {
  memset(out, 0, sizeof *out);
  out->memoryHeapCount = out->memoryTypeCount = 1;
  out->memoryHeaps[0] = (VkMemoryHeap){24ull << 30, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  out->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                      VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}

API void VKAPI_CALL memory_properties_2(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties2 *out) {
  memory_properties(gpu, &out->memoryProperties);
}

struct buffer {
  VkDeviceSize bytes;
};

API VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo *info, Callbacks callbacks,
                                      VkBuffer *out) {
  struct buffer *buffer = malloc(sizeof *buffer);
  buffer->bytes = info->size;
  *out = (VkBuffer)buffer;
  return VK_SUCCESS;
}

API void VKAPI_CALL destroy_buffer(VkDevice device, VkBuffer buffer, Callbacks callbacks) { free((void *)buffer); }

static VkMemoryRequirements requirements(VkDeviceSize bytes) {
  return (VkMemoryRequirements){.size = (bytes + 255) / 256 * 256, .alignment = 256, .memoryTypeBits = 1};
}

API void VKAPI_CALL buffer_requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *out) {
  *out = requirements(((struct buffer *)buffer)->bytes);
}

API void VKAPI_CALL buffer_requirements_2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *info,
                                          VkMemoryRequirements2 *out) {
  buffer_requirements(device, info->buffer, &out->memoryRequirements);
}

API void VKAPI_CALL device_buffer_requirements(VkDevice device, const VkDeviceBufferMemoryRequirements *info,
                                               VkMemoryRequirements2 *out) {
  out->memoryRequirements = requirements(info->pCreateInfo->size);
}
