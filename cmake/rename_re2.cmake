# Run when a Python package is installed: gives the RE2 that goes along, and its names where the
# library asks for them, a name of its own. TensorFlow has another RE2 that it shows to the whole
# process, where it comes first; a call would end in the wrong one.
# Wants PATCHELF, NM, and MAP, a file to write.
set(folder $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/regraft/lib)
file(GLOB re2 ${folder}/libre2.so.*)
file(GLOB library ${folder}/libregraft.so.*)
get_filename_component(soname ${re2} NAME)

execute_process(COMMAND ${NM} --dynamic --format=posix ${re2}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "_Z[^ \n]*3re2[^ \n]*" names "${symbols}")
set(map "")
foreach(name IN LISTS names)
  string(REPLACE "3re2" "11regraft_re2" own ${name})
  string(APPEND map "${name} ${own}\n")
endforeach()
file(WRITE ${MAP} "${map}")

execute_process(COMMAND ${PATCHELF} --rename-dynamic-symbols ${MAP} --set-soname regraft-${soname}
  --output ${folder}/regraft-${soname} ${re2} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PATCHELF} --rename-dynamic-symbols ${MAP}
  --replace-needed ${soname} regraft-${soname} ${library} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${re2})
