/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a step decides about the packet in hand. Positive values are drop reasons (include/sluice/bpf/drop.h): the
 * packet is refused by name, and answered where its reason asks for it (answer.h).
 */
#pragma once

enum outcome {
	OUTCOME_FORWARD = 0,	  /* by the entry at hand, or scratch->forward */
	OUTCOME_UNTOUCHED = -1,	  /* not ours */
	OUTCOME_ESTABLISHED = -2, /* another CPU made the flow meanwhile: look again */
	OUTCOME_MISS = -3,	  /* the flow has ended: handle the packet as of none */
	OUTCOME_ECHO = -4,	  /* ask answer.h for the reply */
	OUTCOME_TRANSLATE = -5,	  /* an ICMP error about a flow; scratch->forward has its rewrite */
};
