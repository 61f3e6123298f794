/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where kernels differ. Kbuild compiles the files in probes/ and defines what it found. Version
 * numbers would mislead, because distributions take changes into older kernels.
 */
#ifndef _RXLAB_DIFFERENCES_H
#define _RXLAB_DIFFERENCES_H

#ifdef RXLAB_CLASS_CREATE_ONE_ARGUMENT
#define rxlab_class_create(name) class_create(name)
#else
#define rxlab_class_create(name) class_create(THIS_MODULE, name)
#endif

/* Defined if class.devnode promises not to change the device. */
#ifdef RXLAB_DEVNODE_TAKES_CONST
#define RXLAB_DEVNODE_CONST const
#else
#define RXLAB_DEVNODE_CONST
#endif

#endif /* _RXLAB_DIFFERENCES_H */
