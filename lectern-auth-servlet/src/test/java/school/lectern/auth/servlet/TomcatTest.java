package school.lectern.auth.servlet;

import org.junit.jupiter.api.Nested;

/** All behaviours, in Tomcat. */
class TomcatTest {

    @Nested
    class Credentials extends CredentialBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Answers extends FilterBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Coexistence extends CoexistenceBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Paths extends PathBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Dispatches extends DispatchBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Addresses extends AddressBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ManagementRequests extends ManagementRequestBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Management extends ManagementBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Grants extends GrantBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ManagementForms extends ManagementFormBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class AuditExports extends AuditExportBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Dialects extends DialectBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Leaks extends LeakBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }
}
