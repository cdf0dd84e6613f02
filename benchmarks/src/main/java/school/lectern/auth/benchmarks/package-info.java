/** Benchmarks of the cost of a decision, and the report with their results. */
package school.lectern.auth.benchmarks;
