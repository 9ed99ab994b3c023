// Compiles SPIR-V by the driver of the environment, and tells what the driver says of the code that it made. Nothing runs, so the
// driver needs no GPU (RADV with RADV_FORCE_FAMILY).
//
//   compile < JOBS      a job a line: FILE.spv ENTRY BINDINGS FILE.asm
//
// BINDINGS has a letter for each binding of group 0: s storage buffer, u uniform buffer with a dynamic offset, - none. Prints a line
// of JSON for each job, in order: the driver's statistics by their names and "Wave", the threads of a wave, or "error". Writes the
// instructions.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

static VkDevice device;
static PFN_vkGetPipelineExecutablePropertiesKHR get_properties;
static PFN_vkGetPipelineExecutableStatisticsKHR get_statistics;
static PFN_vkGetPipelineExecutableInternalRepresentationsKHR get_representations;

static void require(VkResult result, const char *what) {
  if (result == VK_SUCCESS) return;
  fprintf(stderr, "%s: Vulkan error %d\n", what, result);
  exit(1);
}

static void open_device(void) {
  VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3};
  VkInstanceCreateInfo instance_info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
  VkInstance instance;
  require(vkCreateInstance(&instance_info, NULL, &instance), "vkCreateInstance");
  uint32_t count = 1;
  VkPhysicalDevice physical;
  if (vkEnumeratePhysicalDevices(instance, &count, &physical) < 0 || count == 0) {
    fprintf(stderr, "the driver has no device\n");
    exit(1);
  }
  // all that the driver has, as browsers ask for it: bounds of buffers among it
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR};
  VkPhysicalDeviceRobustness2FeaturesEXT robustness = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT,
                                                       .pNext = &executable};
  VkPhysicalDeviceVulkan13Features vulkan13 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
                                               .pNext = &robustness};
  VkPhysicalDeviceVulkan12Features vulkan12 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
                                               .pNext = &vulkan13};
  VkPhysicalDeviceVulkan11Features vulkan11 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
                                               .pNext = &vulkan12};
  VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &vulkan11};
  vkGetPhysicalDeviceFeatures2(physical, &features);
  const char *extensions[] = {VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME, VK_EXT_ROBUSTNESS_2_EXTENSION_NAME};
  VkDeviceQueueCreateInfo queue = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = (float[]){1}};
  VkDeviceCreateInfo device_info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                    .pNext = &features,
                                    .queueCreateInfoCount = 1,
                                    .pQueueCreateInfos = &queue,
                                    .enabledExtensionCount = 2,
                                    .ppEnabledExtensionNames = extensions};
  require(vkCreateDevice(physical, &device_info, NULL, &device), "vkCreateDevice");
  get_properties = (PFN_vkGetPipelineExecutablePropertiesKHR)vkGetDeviceProcAddr(device, "vkGetPipelineExecutablePropertiesKHR");
  get_statistics = (PFN_vkGetPipelineExecutableStatisticsKHR)vkGetDeviceProcAddr(device, "vkGetPipelineExecutableStatisticsKHR");
  get_representations = (PFN_vkGetPipelineExecutableInternalRepresentationsKHR)vkGetDeviceProcAddr(
      device, "vkGetPipelineExecutableInternalRepresentationsKHR");
}

static VkPipelineLayout layout_of(const char *letters) {
  VkDescriptorSetLayoutBinding bindings[64];
  uint32_t count = 0;
  for (uint32_t i = 0; letters[i] && count < 64; i++) {
    if (letters[i] == '-') continue;
    bindings[count++] = (VkDescriptorSetLayoutBinding){
        i, letters[i] == 'u' ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
        VK_SHADER_STAGE_COMPUTE_BIT, NULL};
  }
  VkDescriptorSetLayoutCreateInfo set_info = {
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = count, .pBindings = bindings};
  VkDescriptorSetLayout set;
  require(vkCreateDescriptorSetLayout(device, &set_info, NULL, &set), "vkCreateDescriptorSetLayout");
  VkPipelineLayoutCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &set};
  VkPipelineLayout layout;
  require(vkCreatePipelineLayout(device, &info, NULL, &layout), "vkCreatePipelineLayout");
  return layout;
}

static VkShaderModule module_of(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  size_t bytes = ftell(file);
  rewind(file);
  uint32_t *words = malloc(bytes);
  if (fread(words, 1, bytes, file) != bytes) perror(path);
  fclose(file);
  VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = bytes, .pCode = words};
  VkShaderModule module;
  require(vkCreateShaderModule(device, &info, NULL, &module), path);
  free(words);
  return module;
}

static void print_statistics(const VkPipelineExecutableInfoKHR *executable) {
  uint32_t count = 0;
  get_statistics(device, executable, &count, NULL);
  VkPipelineExecutableStatisticKHR statistics[count];
  for (uint32_t i = 0; i < count; i++) {
    statistics[i] = (VkPipelineExecutableStatisticKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
  }
  get_statistics(device, executable, &count, statistics);
  for (uint32_t i = 0; i < count; i++) {
    printf(",\"%s\":", statistics[i].name);
    if (statistics[i].format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR) printf("%g", statistics[i].value.f64);
    else printf("%llu", (unsigned long long)statistics[i].value.u64);
  }
}

/** Of the forms that the code has on its way the last one. */
static void write_instructions(const VkPipelineExecutableInfoKHR *executable, const char *path) {
  uint32_t count = 0;
  get_representations(device, executable, &count, NULL);
  VkPipelineExecutableInternalRepresentationKHR forms[count];
  for (uint32_t i = 0; i < count; i++) {
    forms[i] = (VkPipelineExecutableInternalRepresentationKHR){
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR};
  }
  get_representations(device, executable, &count, forms);
  for (uint32_t i = 0; i < count; i++) forms[i].pData = malloc(forms[i].dataSize);
  get_representations(device, executable, &count, forms);
  FILE *file = fopen(path, "wb");
  if (!file) {
    perror(path);
    exit(1);
  }
  if (count > 0) fputs(forms[count - 1].pData, file);
  fclose(file);
  for (uint32_t i = 0; i < count; i++) free(forms[i].pData);
}

int main(void) {
  open_device();
  char spirv[4096], entry[256], bindings[65], assembly[4096];
  while (scanf("%4095s %255s %64s %4095s", spirv, entry, bindings, assembly) == 4) {
    VkShaderModule module = module_of(spirv);
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = module,
                  .pName = entry},
        .layout = layout_of(bindings)};
    VkPipeline pipeline;
    VkResult result = vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &info, NULL, &pipeline);
    vkDestroyShaderModule(device, module, NULL);
    if (result != VK_SUCCESS) {
      printf("{\"error\":\"vkCreateComputePipelines: %d\"}\n", result);
      continue;
    }
    VkPipelineInfoKHR of = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
    uint32_t one = 1;
    VkPipelineExecutablePropertiesKHR properties = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
    get_properties(device, &of, &one, &properties);
    VkPipelineExecutableInfoKHR executable = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};
    printf("{\"Wave\":%u", properties.subgroupSize);
    print_statistics(&executable);
    printf("}\n");
    fflush(stdout);
    write_instructions(&executable, assembly);
    vkDestroyPipeline(device, pipeline, NULL);
  }
  return 0;
}
