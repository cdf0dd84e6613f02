/** What a judgement costs, and the table that says so. */
package school.lectern.auth.benchmarks;
