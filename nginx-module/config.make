# Read by nginx's configure after it wrote its Makefile. The archives are always handed to CMake,
# which knows best whether there is something to do. The + hands it the jobs of make -j.
cat << END                                                    >> $NGX_MAKEFILE

.PHONY: teal_archives
teal_archives:
	cmake -S "$ngx_addon_dir/.." -B "$teal_objs/teal" --log-level=WARNING \\
		-DCMAKE_BUILD_TYPE=Release -DTEAL_BUILD_CLI=OFF -DTEAL_BUILD_TESTS=OFF \\
		-DTEAL_NGINX_SOURCE="$PWD" -DTEAL_NGINX_OBJS="$teal_objs" $TEAL_CMAKE_OPTIONS
	+cmake --build "$teal_objs/teal" --target teal_nginx_module_objects teal_shared

$teal_archives: teal_archives

END
