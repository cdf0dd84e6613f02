package school.lectern.auth.jdbc;

import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.Requirement;

/** What a node is asked about a token, each of which some change of the token turns from a yes into a no. */
enum Question {
    MAY_READ("read:learners", "10.0.0.1"),
    MAY_WRITE("write:learners", "10.0.0.1"),
    MAY_READ_FROM_AFAR("read:learners", "203.0.113.9");

    final Requirement requirement;
    final IpAddress address;

    Question(String scope, String address) {
        this.requirement = Requirement.scope(scope);
        this.address = IpAddress.parse(address).orElseThrow();
    }
}
