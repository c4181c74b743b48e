// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/pathwalk.h"
#include "layout.h"

#include <algorithm>

namespace Stowage
{

namespace
{

/** Lays guests over a host tree. Directories that the host reaches through links are followed inside the tree. */
class LayoutPlanner
{
public:
    explicit LayoutPlanner(const LayoutNode& host) { m_layout.root = host; }

    void addGuest(const ResolvedGuest& guest);
    void addMenu(const DiskSetup& disk);
    [[nodiscard]] Layout take() { return std::move(m_layout); }

private:
    LayoutNode& directory(const QByteArray& path);
    LayoutNode& put(const QByteArray& directoryPath, LayoutNode node);
    void addFile(const ResolvedFile& file, const QString& guest);
    void addDisk(const ResolvedDisk& disk, const QString& guest);
    void addSeed(const ResolvedSeed& seed, const QString& guest);

    Layout m_layout;
};

LayoutNode& insertChild(LayoutNode& parent, LayoutNode node)
{
    const auto it = std::ranges::lower_bound(parent.children, node.name, {}, &LayoutNode::name);
    return *parent.children.insert(it, std::move(node));
}

LayoutNode* findChild(LayoutNode& parent, const QByteArray& name)
{
    const auto it = std::ranges::lower_bound(parent.children, name, {}, &LayoutNode::name);
    return it != parent.children.end() && it->name == name ? &*it : nullptr;
}

LayoutNode& LayoutPlanner::directory(const QByteArray& path)
{
    PathWalk walk(path);
    LayoutNode* node = &m_layout.root;
    while (!walk.isDone()) {
        const QByteArray name = walk.takeName();
        if (name == "..") {
            walk.goUp();
            node = &m_layout.root;
            continue;
        }
        LayoutNode* child = findChild(*node, name);
        if (child == nullptr) {
            LayoutNode made;
            made.name = name;
            child = &insertChild(*node, std::move(made));
        } else if (child->kind == LayoutNode::Kind::Symlink && walk.follow(child->linkTarget)) {
            node = &m_layout.root;
            continue;
        } else if (child->kind != LayoutNode::Kind::Directory) {
            LayoutNode made;
            made.name = name;
            made.state = LayoutNode::State::Conflict;
            *child = std::move(made);
        }
        walk.enter(name);
        node = child;
    }
    return *node;
}

LayoutNode& LayoutPlanner::put(const QByteArray& directoryPath, LayoutNode node)
{
    LayoutNode& parent = directory(directoryPath);
    LayoutNode* present = findChild(parent, node.name);
    if (present == nullptr) {
        return insertChild(parent, std::move(node));
    }
    if (present->state == LayoutNode::State::Kept) {
        const bool isDirectory = present->kind == LayoutNode::Kind::Directory;
        node.state = isDirectory ? LayoutNode::State::Conflict : LayoutNode::State::Replaced;
        *present = std::move(node);
    } else if (present->origin != node.origin || present->linkTarget != node.linkTarget) {
        present->state = LayoutNode::State::Conflict;
    }
    return *present;
}

void LayoutPlanner::addFile(const ResolvedFile& file, const QString& guest)
{
    const bool isMade = !file.handler.isEmpty();
    LayoutNode node;
    node.name = file.targetName.toUtf8();
    node.kind = LayoutNode::Kind::File;
    node.mode = 0644;
    node.size = file.size;
    node.sizeIsEstimate = isMade;
    node.origin = isMade ? ContentOrigin(FromImport{file.targetName}) : FromSource{file.realPath};
    node.guest = guest;
    put(QByteArray(ImagesDirectory.data(), ImagesDirectory.size()), std::move(node));
    if (isMade) {
        m_layout.imports.append({file.targetName,
                                 guest,
                                 file.handler,
                                 {.source = file.path, .output = {}, .member = file.member},
                                 file.size});
    }
}

void LayoutPlanner::addDisk(const ResolvedDisk& disk, const QString& guest)
{
    if (disk.handler.isEmpty()) {
        addFile(disk.file, guest);
        return;
    }
    LayoutNode node;
    node.name = disk.file.targetName.toUtf8();
    node.kind = LayoutNode::Kind::File;
    node.mode = 0644;
    node.size = disk.file.size;
    node.sizeIsEstimate = true;
    node.origin = FromImport{disk.file.targetName};
    node.guest = guest;
    put(QByteArray(ImagesDirectory.data(), ImagesDirectory.size()), std::move(node));
    m_layout.imports.append({disk.file.targetName, guest, disk.handler, importRequest(disk), disk.file.size});
}

void LayoutPlanner::addSeed(const ResolvedSeed& seed, const QString& guest)
{
    LayoutNode node;
    node.name = seed.targetName.toUtf8();
    node.kind = LayoutNode::Kind::File;
    node.mode = 0600; // it may hold a hash of a password
    node.size = seed.image.size();
    node.origin = FromText{seed.image, seed.shown};
    node.guest = guest;
    put(QByteArray(ImagesDirectory.data(), ImagesDirectory.size()), std::move(node));
}

void LayoutPlanner::addGuest(const ResolvedGuest& guest)
{
    for (const ResolvedDisk& disk : guest.disks) {
        if (disk.found) {
            addDisk(disk, guest.entry);
        }
    }
    if (guest.kernel) {
        addFile(*guest.kernel, guest.entry);
    }
    if (guest.ramdisk) {
        addFile(*guest.ramdisk, guest.entry);
    }
    if (guest.seed) {
        addSeed(*guest.seed, guest.entry);
    }
    LayoutNode config;
    config.name = guest.entry.toUtf8() + ".cfg";
    config.kind = LayoutNode::Kind::File;
    config.mode = 0644;
    config.size = guest.config.size();
    config.origin = FromText{guest.config};
    config.guest = guest.entry;
    const QByteArray name = config.name;
    const QByteArray configDirectory(ConfigDirectory.data(), ConfigDirectory.size());
    put(configDirectory, std::move(config));
    if (guest.autostart) {
        LayoutNode link;
        link.name = name;
        link.kind = LayoutNode::Kind::Symlink;
        link.mode = 0777;
        link.linkTarget = configDirectory + '/' + name;
        link.guest = guest.entry;
        put(QByteArray(AutostartDirectory.data(), AutostartDirectory.size()), std::move(link));
    }
}

void LayoutPlanner::addMenu(const DiskSetup& disk)
{
    LayoutNode menu;
    menu.name = QByteArray(MenuName.data(), MenuName.size());
    menu.kind = LayoutNode::Kind::File;
    menu.mode = 0644;
    const QByteArray text = grubMenu(disk);
    menu.size = text.size();
    menu.origin = FromText{text};
    put(QByteArray(MenuDirectory.data(), MenuDirectory.size()), std::move(menu));
}

} // namespace

Layout planLayout(const ResolvedProject& project, const LayoutNode& host)
{
    LayoutPlanner planner(host);
    for (const ResolvedGuest& guest : project.guests) {
        if (!guest.entry.isEmpty() && !guest.entry.contains(QLatin1Char('/'))) {
            planner.addGuest(guest);
        }
    }
    if (project.disk && project.disk->hasGrub()) {
        planner.addMenu(*project.disk);
    }
    Layout layout = planner.take();
    layout.disk = project.disk;
    layout.hostPath = project.hostPath;
    layout.architecture = project.architecture;
    return layout;
}

} // namespace Stowage
