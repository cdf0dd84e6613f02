/** The four documented token systems: Lectern, LearnCoin, LearnHouse and Teacharium. */
@NullMarked
package school.lectern.auth.preset;

import org.jspecify.annotations.NullMarked;
