# Third-party libraries, each found the way Debian ships it. packages.txt lists the packages.

find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(fmt 8 REQUIRED)
find_package(Snappy REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
if(REGRAFT_STATIC_LIBRARIES)
  set(OPENSSL_USE_STATIC_LIBS TRUE)
endif()
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp REQUIRED)

# A Python wheel takes libraries into itself where Debian has an archive that can go into a
# shared object; the others go along (src/python).
if(REGRAFT_STATIC_LIBRARIES)
  find_library(REGRAFT_SNAPPY_ARCHIVE libsnappy.a)
  if(REGRAFT_SNAPPY_ARCHIVE)
    set_target_properties(Snappy::snappy PROPERTIES
      IMPORTED_LOCATION ${REGRAFT_SNAPPY_ARCHIVE} IMPORTED_LOCATION_NONE ${REGRAFT_SNAPPY_ARCHIVE}
      IMPORTED_LOCATION_RELEASE ${REGRAFT_SNAPPY_ARCHIVE})
  endif()
endif()

if(REGRAFT_CLI)
  find_package(CLI11 REQUIRED)
endif()
if(REGRAFT_DEV)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()
