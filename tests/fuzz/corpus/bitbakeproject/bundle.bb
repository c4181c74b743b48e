SUMMARY = "A bundle"
inherit xen-guest-bundle
XEN_GUEST_BUNDLES = "dom1 dom2"
XEN_GUEST_BUNDLE_IMAGE[dom1] = "${DEPLOY_DIR_IMAGE}/dom1.ext4"
XEN_GUEST_MEMORY[dom1] = "256"
XEN_GUEST_VCPUS[dom1] = "2"
OVERRIDES = "a:b"
V:a:b = "1"
LOOP = "${LOOP2}"
LOOP2 = "${LOOP}"
export P = 'single "quoted"'
do_install() {
    install -d ${D}
}
python do_x() {
    d.setVar('A', '1')
}
def f(a):
    return a

addtask x after do_install before do_build
do_x[depends] += "y:do_z"
