# Manual pages and completions, printed by the program itself. Included by CMakeLists.txt it makes the target; run with
# cmake -P, with PROGRAM, FOLDER and GZIP, it writes the files.
if(CMAKE_SCRIPT_MODE_FILE)
    set(ENV{ASAN_OPTIONS} "detect_leaks=0")

    function(document file)
        execute_process(COMMAND ${PROGRAM} help ${ARGN} OUTPUT_FILE ${FOLDER}/${file} COMMAND_ERROR_IS_FATAL ANY)
        if(file MATCHES "\\.1$")
            execute_process(COMMAND ${GZIP} -9nf ${FOLDER}/${file} COMMAND_ERROR_IS_FATAL ANY)
        endif()
    endfunction()

    file(MAKE_DIRECTORY ${FOLDER}/bash ${FOLDER}/zsh ${FOLDER}/man)
    document(bash/unmix --bash)
    document(zsh/_unmix --zsh)
    document(man/unmix.1 --man)
    execute_process(COMMAND ${PROGRAM} help --commands OUTPUT_VARIABLE commands COMMAND_ERROR_IS_FATAL ANY)
    string(STRIP "${commands}" commands)
    string(REPLACE "\n" ";" commands "${commands}")
    foreach(command IN LISTS commands)
        document(man/unmix-${command}.1 --man ${command})
    endforeach()
    return()
endif()

find_program(UM_GZIP gzip REQUIRED)
set(UM_DOCUMENTS ${CMAKE_CURRENT_BINARY_DIR}/documents)
add_custom_command(OUTPUT ${UM_DOCUMENTS}/man/unmix.1.gz
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:unmix_program> -DFOLDER=${UM_DOCUMENTS} -DGZIP=${UM_GZIP} -P
            ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS unmix_program ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
add_custom_target(documents ALL DEPENDS ${UM_DOCUMENTS}/man/unmix.1.gz)
