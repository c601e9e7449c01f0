# U-Boot's part: choose a slot, count its tries, start its kernel. One script for
# Pi 3, Pi 4 and QEMU. On amd64 the tests play it themselves, from this text.
#
# RAUC and this script share BOOT_ORDER, BOOT_A_LEFT and BOOT_B_LEFT, which lie raw
# in the gap before the first partition (/etc/fw_env.config: byte 0x80000, so
# block 0x400; 0x4000 bytes, so 0x20 blocks). A wrong checksum: both slots get their tries.
setexpr envaddr ${scriptaddr} + 0x100000
setenv BOOT_ORDER
setenv BOOT_A_LEFT
setenv BOOT_B_LEFT
${devtype} dev ${devnum}
if ${devtype} read ${envaddr} 0x400 0x20; then env import -c ${envaddr} 0x4000; fi
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3
setenv slot
for s in ${BOOT_ORDER}; do if test -z "${slot}"; then
 if test "${s}" = A && test ${BOOT_A_LEFT} -gt 0; then setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1; setenv slot A; setenv part 2
 elif test "${s}" = B && test ${BOOT_B_LEFT} -gt 0; then setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1; setenv slot B; setenv part 3; fi
fi; done
# Neither has a try left: both get new ones, and it goes on from the beginning.
if test -z "${slot}"; then setenv BOOT_A_LEFT 3; setenv BOOT_B_LEFT 3; fi
env export -c -s 0x4000 ${envaddr} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT; ${devtype} write ${envaddr} 0x400 0x20
if test -z "${slot}"; then reset; fi
part uuid ${devtype} ${devnum}:${part} rootuuid
# systemd.volatile=state: / stays read-only, /var is memory. All that is said goes
# to a console that nobody sees; no cursor, no penguins.
setenv bootargs "root=PARTUUID=${rootuuid} ro rootwait systemd.volatile=state rauc.slot=${slot} panic=10 net.ifnames=0 console=tty9 quiet loglevel=3 logo.nologo vt.global_cursor_default=0 consoleblank=0 systemd.show_status=0 rd.udev.log_level=3"
if test -e ${devtype} ${devnum}:1 extra.txt; then load ${devtype} ${devnum}:1 ${envaddr} extra.txt; env import -t -r ${envaddr} ${filesize}; setenv bootargs "${bootargs} ${kargs}"; fi
if load ${devtype} ${devnum}:${part} ${kernel_addr_r} /boot/vmlinuz && load ${devtype} ${devnum}:${part} ${ramdisk_addr_r} /boot/initrd.img; then
 setenv rdsize ${filesize}
 booti ${kernel_addr_r} ${ramdisk_addr_r}:${rdsize} ${fdt_addr}
fi
reset
